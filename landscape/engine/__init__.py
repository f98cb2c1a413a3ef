"""Moving a model's weights to θ₀ + Σ αᵢ·dᵢ, measuring there, and coming back bit for bit.

`direction_tensors` and `frame_directions` make tensors of recipes, `mover` is the only writer of parameters,
`session` is a loaded model at θ₀ that is scored at any point, `facts` describes it beside the points, and `cache_keys`
says under which key a point is stored.
"""
