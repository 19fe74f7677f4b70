"""Running the department: response times, the queue, failures, unmatched slides, and the audit trail."""
