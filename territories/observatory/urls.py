"""Addresses of the observatory: public pages first, then those of the team."""

from territories.observatory.urls_annual import annual_urlpatterns
from territories.observatory.urls_datasets import dataset_urlpatterns
from territories.observatory.urls_perimeter import perimeter_urlpatterns
from territories.observatory.urls_public import public_urlpatterns
from territories.observatory.urls_statistics import statistics_urlpatterns

app_name = "observatory"
urlpatterns = [
    *public_urlpatterns,
    *dataset_urlpatterns,
    *statistics_urlpatterns,
    *perimeter_urlpatterns,
    *annual_urlpatterns,
]
