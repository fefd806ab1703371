"""Which addresses of push services are posted to: the list's, and nothing that only looks like one of them."""

import pytest

from notifications.delivery.subscriptions import origin_of
from server.core.settings import PUSH_SERVICES, check

SERVICES = PUSH_SERVICES.split(",")


@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/g-_A=", True),
        ("https://web.push.apple.com/Q-x", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=BQY%2b", True),
        ("https://fcm.googleapis.com:443/fcm/send/abc", True),
        ("https://fcm.googleapis.com:8443/fcm/send/abc", False),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://someone:secret@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com/x", False),
        ("https://evilpush.apple.com/x", False),
        ("https://push.apple.com/x", False),
        ("https://web.push.apple.com.evil.example/x", False),
        ("https://fcm.googleapis.com\\@evil.example/x", False),
        ("https://fcm.googleapis.com#@evil.example/x", False),
        ("https://127.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://localhost/x", False),
        ("https://FCM.googleapis.com/x", False),
        ("https://fcm.googleapis.com", False),
        ("https://fcm.googleapis.com/a b", False),
        ("https://fcm.googleapis.com/a\r\nHost: evil.example", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_the_push_services_of_the_list_are_ever_posted_to(endpoint: str, taken: bool):
    assert (origin_of(endpoint, SERVICES) is not None) is taken


def test_a_port_counts_only_where_the_list_names_it():
    assert origin_of("https://push.example:8443/x", ["push.example:8443"]) == "https://push.example:8443"
    assert origin_of("https://push.example/x", ["push.example:8443"]) is None
    assert origin_of("https://push.example:443/x", ["push.example"]) == "https://push.example"


def test_a_push_service_in_the_settings_has_to_be_a_host():
    assert check({"push_hosts": "push.example, *.push.example:8443"}).push_services == (
        "push.example",
        "*.push.example:8443",
    )
