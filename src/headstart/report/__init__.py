"""A finished run becomes one HTML file."""
