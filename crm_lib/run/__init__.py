"""Plan, kernels, execute, cache, publish, manifest."""
