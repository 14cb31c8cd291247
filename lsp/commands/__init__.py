"""The subcommands of `tandem`, one module each with a `main(arguments, prog)`."""
