def all(report, world):
    pass
