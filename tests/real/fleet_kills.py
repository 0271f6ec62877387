def all(report, world, kills):
    pass
