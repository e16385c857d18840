"""The client's databases -> batches of Arrow, asked once a preparation (`snapshot`)."""
