import os

client = connect(os.environ["GATEWAY"], key="{{key:openai}}")
