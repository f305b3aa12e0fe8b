// Starts what every page needs. Each module owns one matter and works on whatever part of the page is there.
import { clocks } from "./clock.js";
import { composer } from "./composer.js";
import { frames } from "./frames.js";
import { keys } from "./keys.js";
import { live } from "./live.js";
import { panes } from "./panes.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`tz=${zone}`)) {
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
}

clocks();
panes();
composer();
frames();
keys();
live();
