import pytest
from app.valuations.methods import METHODS
async def test_pages(client):
    r=await client.get("/valuations/calculators"); print(r.status_code); assert r.status_code==200, r.text[:2000]
    for lang in ("vi","en"):
      for m in METHODS:
        for q in ("","&example=1"):
            r=await client.get(f"/valuations/calculators/{m}?lang={lang}{q}"); assert r.status_code==200, r.text[:500]
    r=await client.post_form("/valuations/calculators/present_value", {"discount_rate":"18","cash_flows":"100;x"}); 
    print(r.status_code, r.text[r.text.find('summary-errors'):][:500])
    r=await client.post("/api/v1/valuation-methods/present_value/calculations", json={"inputs":{"discount_rate":3,"cash_flows":[1]}}); print(r.status_code,r.text)
    r=await client.post("/api/v1/valuation-methods/present_value/calculations", json={"inputs":{"discount_rate":0.1,"cash_flows":[110]}}); print(r.status_code,r.text)
