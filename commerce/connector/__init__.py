"""Speaks to one store: addresses, credentials, requests, answers and paging.

Knows no Django, no model and no settings.
"""
