"""The order of the list: the policy, the rank of each case, and the reason in words."""
