"""What a request costs: estimated before it is sent, computed from the response's usage after."""
