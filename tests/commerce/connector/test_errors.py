import pytest

from commerce.connector.errors import (
    ConfigError,
    ResponseError,
    RetryableError,
    error_for_status,
)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (204, ResponseError, "unexpected_status"),
        (301, ConfigError, "redirected"),
        (304, ConfigError, "redirected"),
        (401, ConfigError, "unauthorized"),
        (403, ConfigError, "forbidden"),
        (404, ConfigError, "not_found"),
        (405, ConfigError, "client_error"),
        (429, RetryableError, "rate_limited"),
        (500, RetryableError, "server_error"),
        (503, RetryableError, "server_error"),
        (599, RetryableError, "server_error"),
        (999, ResponseError, "unexpected_status"),
    ],
)
def test_a_status_stands_for_one_error(status, kind, code):
    error = error_for_status(status)
    assert (type(error), error.code, error.http_status) == (kind, code, status)
    assert error.detail.endswith(".") and "{" not in error.detail


def test_200_is_the_only_success():
    assert error_for_status(200) is None
    assert error_for_status(201) is not None


def test_a_redirect_names_its_target():
    assert "https://elsewhere.example/" in str(
        error_for_status(302, target="https://elsewhere.example/")
    )


def test_only_what_time_may_mend_carries_a_wait():
    assert error_for_status(429, retry_after_seconds=7).retry_after_seconds == 7
    assert not hasattr(error_for_status(401, retry_after_seconds=7), "retry_after")
