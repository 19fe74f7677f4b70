"""Who may do what, and the audit trail of what was done."""
