"""The MLLP server, with real sockets: whole messages come in, broken ones are told, and nothing stops it."""
