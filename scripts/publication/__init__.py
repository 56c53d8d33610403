"""Import a publication: find its files, recognise and read them, write raw tables, and report.

`write.import_publication` does it all in order; scripts/import_publication.py is its command line.
"""
