"""The commands of researchers: forrang train, evaluate and models."""
