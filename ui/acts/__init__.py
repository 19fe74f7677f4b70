"""What a person may do with a case: each act asks once more, names the case, and is done in the worklist."""
