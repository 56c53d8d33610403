-- The raw tables as files have them, in one schema per layout: dates as text, the rest as in the tables.
-- The columns are those of the tables, whatever they are. The linter does not know how `replace` is indented.
-- noqa: disable=AM04,LT02

create schema publication;

create macro publication_date(day) as upper(strftime(day, '%d%b%Y'));

create macro publication_month(day) as upper(strftime(day, '%b%Y'));

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
