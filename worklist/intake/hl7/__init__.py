"""Orders from other hospital systems as HL7 v2 messages over MLLP, and the AI's findings back to them."""
