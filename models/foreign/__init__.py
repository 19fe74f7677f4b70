"""Models from elsewhere: any ONNX classifier, and TorchScript as the WSInfer zoo has it, made into ours."""
