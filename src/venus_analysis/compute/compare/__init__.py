"""Comparing calibration methods and mission phases.

`joint` estimates the sensor's sensitivity from all methods together, `methods` puts
them side by side, `mission_phases` judges the step between two phases, `acceptance`
applies criteria.
"""
