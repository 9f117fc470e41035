"""The explorers, one module each: its factory has the module's name, and so has its picture."""
