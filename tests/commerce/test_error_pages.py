"""The pages for what went wrong."""

import pytest
from django.test import Client, RequestFactory
from django.utils.functional import SimpleLazyObject

from hiwelink.api import server_error
from tests.factories import make_user


def broken() -> None:
    raise AssertionError("the error page asked for what may be broken")


def test_the_500_page_asks_neither_session_nor_database():
    request = RequestFactory().get("/dashboard/")
    request.user = SimpleLazyObject(broken)
    request.session = SimpleLazyObject(broken)
    response = server_error(request)
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


@pytest.mark.django_db
def test_the_404_page_is_the_same_for_everyone(client):
    anonymous = client.get("/nothing/here/")
    client.force_login(make_user())
    assert anonymous.status_code == 404
    assert client.get("/dashboard/nothing/").content == anonymous.content


@pytest.mark.django_db
def test_a_form_without_its_token_says_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/account/login/", {})
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
