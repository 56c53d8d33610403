"""Fetch a release's files from NHS England's pages: find the page and its files, fetch them, record what was fetched.

`release.plan` finds, `fetch.fetch` fetches, `record` keeps download.json; scripts/download.py is the command line.
`client` alone asks the network.
"""
