#!/bin/sh
export ANTHROPIC_BASE_URL=https://gw.corp.net
cd web && claude -p hi
