"""predict: a model over what somebody did says that something has become likely."""
