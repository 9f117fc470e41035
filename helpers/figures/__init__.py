"""Static figures, one module a lesson; each is a function that returns a `Picture`."""
