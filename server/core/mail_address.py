"""Which texts mail can be sent to: one plain ASCII address. Checked where one is given, and again before a mail."""

from email.headerregistry import Address


def read_address(text: str) -> Address:
    """One plain ASCII address. Raises ValueError for anything else: names, lists, line breaks, controls."""
    try:
        address = Address(addr_spec=text)
    # The parser falls over some texts in ways of its own: "m@[" is an AttributeError.
    except Exception as error:
        raise ValueError("not an e-mail address") from error
    if address.addr_spec != text or not address.username or not address.domain or not text.isascii():
        raise ValueError("not an e-mail address")
    return address
