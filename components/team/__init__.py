"""Who works with the library and what each person may do. Pure rules, no I/O."""
