"""manage.py create_merchant and create_api_token, as a shell sees them."""

import pytest
from django.core.management import execute_from_command_line
from django.test import Client

from hiwelink.accounts.models import Membership, User
from tests.factories import PASSWORD, make_user

# manage.py closes the connection when it is done: no transaction survives it.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manage(capsys):
    """Returns (exit code, stdout, stderr) of a command line."""

    def run(*words: str) -> tuple[int, str, str]:
        code = 0
        try:
            execute_from_command_line(["manage.py", *words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_merchant_made_on_the_command_line_logs_in(manage, client):
    code, out, _ = manage(
        "create_merchant", "Ann@Example.com", "--password", PASSWORD, "--name", "Ann"
    )
    assert (code, out) == (0, "Created ann@example.com. They can log in now.\n")
    assert Membership.objects.get().workspace.name == "Ann's workspace"
    form = {"username": "ann@example.com", "password": PASSWORD}
    assert client.post("/account/login/", form).status_code == 302


def test_an_existing_merchant_is_left_alone(manage):
    make_user("ann@example.com")
    line = ("create_merchant", "ANN@example.com", "--password", "a whole new password")
    code, out, err = manage(*line)
    assert (code, out) == (1, "")
    assert "There is an account for ann@example.com already." in err
    assert manage(*line, "--if-missing") == (0, "", "")
    assert User.objects.get().check_password(PASSWORD)


def test_a_weak_password_is_the_operators_choice_and_they_are_told(manage):
    code, out, err = manage("create_merchant", "a@example.com", "--password", "12345")
    assert code == 0
    assert "too short" in err
    assert "12345" not in out + err
    assert User.objects.get().check_password("12345")


@pytest.mark.parametrize(
    ("email", "words"),
    [("no", "valid email"), ("", "required")],
)
def test_what_is_no_address_makes_no_merchant(manage, email, words):
    code, _, err = manage("create_merchant", email, "--password", PASSWORD)
    assert (code, User.objects.count()) == (1, 0)
    assert words in err
    assert "Traceback" not in err


def test_the_token_stands_alone_on_stdout_and_opens_the_api(manage):
    make_user("ann@example.com")
    code, out, err = manage("create_api_token", "Ann@example.com")
    assert (code, err) == (0, "")
    (text,) = out.splitlines()
    answer = Client().get("/api/v1/stores/", HTTP_AUTHORIZATION=f"Token {text}")
    assert answer.status_code == 200


@pytest.mark.parametrize("email", ["nobody@example.com", "closed@example.com"])
def test_no_token_for_who_has_no_account(manage, email):
    make_user("closed@example.com", is_active=False)
    code, out, err = manage("create_api_token", email)
    assert (code, out) == (1, "")
    assert "account" in err


@pytest.mark.parametrize("command", ["create_merchant", "create_api_token"])
def test_help_says_what_it_is_for(manage, command):
    code, out, _ = manage(command, "--help")
    assert code == 0
    assert "account" in out
    assert "EMAIL" in out.upper()
