"""Job orders of an operational framework, from the order to its report."""
