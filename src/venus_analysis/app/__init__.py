"""The dashboard: a store of what is loaded, a state that is the address, thin views on both."""
