"""The console: where analysts read cases and decide. Works without JavaScript and without any other host."""
