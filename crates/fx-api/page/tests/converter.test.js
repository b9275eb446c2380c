import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldOfRefusal } from "../converter.js";
import { digitsIn, grouped, money, rateText } from "../exact.js";

test("no digit of a figure is lost", () => {
  const text = '{"from":"EUR","amount":1,"result":123456789012345678.91,"rate":1.0000000000000000001}';
  assert.equal(digitsIn(text, "result"), "123456789012345678.91");
  assert.equal(digitsIn(text, "rate"), "1.0000000000000000001");
  assert.equal(digitsIn(text, "other"), null);
  assert.equal(grouped("123456789012345678.91"), "123,456,789,012,345,678.91");
});

test("a rate is shown without the noise of reckoning", () => {
  assert.equal(rateText("1.5689250000000001"), "1.568925");
  assert.equal(rateText("12345.678901"), "12,345.678901");
  assert.equal(rateText("0.000012345678901234"), "0.000012345678901234");
});

test("money has the digits of its currency", () => {
  assert.equal(money("17568", 0), "17,568");
  assert.equal(money("1.5", 2), "1.50");
  assert.equal(money("-1000", 3), "\u22121,000.000");
  assert.equal(money("0.123456", 2), "0.123456");
  assert.equal(money("1e5", 2), "1e5");
  assert.equal(money("1000.5", undefined), "1,000.5");
});

test("a refusal shows at the field it names", () => {
  assert.equal(fieldOfRefusal("amount `1,5` is no decimal number, expected a decimal above 0 such as 100.50"), "amount");
  assert.equal(fieldOfRefusal("`at` 1990 is before the first rate"), "at");
  assert.equal(fieldOfRefusal("no feed has a rate of EURXAU"), null);
});
