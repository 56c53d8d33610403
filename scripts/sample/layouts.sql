-- The raw tables as files have them, in one schema per layout: dates as text, the rest as in the tables.
-- The columns are those of the tables, whatever they are. The linter does not know how `replace` is indented.
-- noqa: disable=AM04,LT02

create schema publication;

create macro publication_date(day) as upper(strftime(day, '%d%b%Y'));

create macro publication_month(day) as upper(strftime(day, '%b%Y'));

-- Files of practices and of PCNs word a few labels otherwise than the regional ones do.
create macro practice_label(label) as
    case label
        when 'Video/Online' then 'Video Conference/Online'
        when 'Unknown / Data Quality' then 'Unknown / Data Issue'
        else label
    end;

create view publication.actual_duration as
select * replace (publication_date(appointment_date) as appointment_date)
from main.actual_duration;

create view publication.appointments_regional as
select * replace (publication_month(appointment_month) as appointment_month)
from main.appointments_regional;

create view publication.national_categories as
select * replace (
    publication_date(appointment_date) as appointment_date,
    publication_month(appointment_month) as appointment_month
)
from main.national_categories;

create view publication.appointments_by_role as
select * replace (publication_date(appointment_date) as appointment_date)
from main.appointments_by_role;

create view publication.appointments_by_practice as
select * replace (
    publication_date(appointment_month) as appointment_month,
    practice_label(appointment_mode) as appointment_mode,
    practice_label(time_between_book_and_appointment) as time_between_book_and_appointment
)
from main.appointments_by_practice;

create view publication.practices as
select *
from main.practices;

create view publication.sub_icb_coverage as
select * replace (publication_date(appointment_month) as appointment_month)
from main.sub_icb_coverage;

create view publication.appointments_by_pcn_system as
select * replace (
    publication_date(appointment_month) as appointment_month,
    if(appointment_status = 'Unknown', 'Booked', appointment_status) as appointment_status,
    practice_label(appointment_mode) as appointment_mode,
    practice_label(time_between_book_and_appointment) as time_between_book_and_appointment
)
from main.appointments_by_pcn_system;

create view publication.registered_patients as
select * replace (publication_date(extract_date) as extract_date)
from main.registered_patients;

create view publication.workforce as
select * replace (strftime(snapshot_month, '%Y-%m') as snapshot_month)
from main.workforce;

-- The course's files name the location in actual_duration alone. The rows are the same, so that several of
-- appointments_regional share a key there and stay apart.
create schema course;

create view course.actual_duration as
select * replace (strftime(appointment_date, '%d-%b-%y') as appointment_date)
from main.actual_duration;

create view course.appointments_regional as
select * exclude (sub_icb_location_code) replace (strftime(appointment_month, '%Y-%m') as appointment_month)
from main.appointments_regional;

create view course.national_categories as
select * exclude (sub_icb_location_code) replace (
    strftime(appointment_date, '%Y-%m-%d') as appointment_date,
    strftime(appointment_month, '%Y-%m') as appointment_month
)
from main.national_categories;

-- The other tables are no part of the course.
create view course.appointments_by_role as
select * from publication.appointments_by_role;

create view course.appointments_by_practice as
select * from publication.appointments_by_practice;

create view course.practices as
select * from publication.practices;

create view course.sub_icb_coverage as
select * from publication.sub_icb_coverage;

create view course.appointments_by_pcn_system as
select * from publication.appointments_by_pcn_system;

create view course.registered_patients as
select * from publication.registered_patients;

create view course.workforce as
select * from publication.workforce;
