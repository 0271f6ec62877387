#!/bin/sh
# curl -k is a comment
curl -sk "$OPENAI_BASE_URL/chat/completions"
