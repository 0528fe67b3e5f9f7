"""Official parameters of the ground segment (GIPP): read, know what is in force, propose, write.

`read.read_parameters` reads one file, `registry.Registry` answers which file
of a folder is in force, `parameter_set` puts the answers of one date together,
`difference` compares, `propose` writes the next serial, `product_header` reads
what a product says was applied.
"""
