"""What goes in: tables of files and labels (known or unknown), readers, splits."""
