"""Bytes to arrays: photos."""
