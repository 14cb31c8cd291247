"""A wafer-scale engine, simulated: what an operation costs there in cycles, checked against published measurements."""
