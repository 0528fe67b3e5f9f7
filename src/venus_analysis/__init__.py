"""Vicarious calibration of the VENµS camera with the Moon, deserts and Sentinel-2.

Files are collected into xarray (`collect`), computed on by pure functions
(`compute`), kept in a ledger (`ledger`), and shown (`plot`). Importing this
package imports none of them: each room is imported by its own name.
"""
