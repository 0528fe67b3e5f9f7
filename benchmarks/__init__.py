"""Speed of each stage beside a peer, measured in one run."""
