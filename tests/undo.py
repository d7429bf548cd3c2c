"""The button beside a message that takes back what it tells."""

import re
from html import unescape

from django.http import HttpResponse
from django.test import Client


def press_undo(client: Client, html: str) -> HttpResponse:
    form = html[: html.index(">Undo<")].rpartition("<form ")[2]
    hidden = re.findall(r'name="(\w+)" value="([^"]*)"', form)
    fields = {name: unescape(value) for name, value in hidden}
    return client.post(re.search(r'action="([^"]+)"', form)[1], fields)
