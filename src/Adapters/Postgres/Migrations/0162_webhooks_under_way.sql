-- How many of an endpoint are under way is asked each time something is taken; with a day of a dead endpoint waiting, all of it was looked at.
create index webhook_deliveries_under_way on webhook_deliveries (endpoint_id, leased_until) where state = 'waiting' and leased_until is not null;
