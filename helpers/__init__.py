"""What the notebooks import: data, functions, losses, tables, figures and explorers."""
