"""The MLLP server, with real sockets: whole messages come in, broken ones are told, and nothing stops it."""

from tests.support.hl7 import Line, code, order_message, segments


