// Starts what every page needs. Each module owns one matter and works on whatever part of the page is there.
import { preload } from "./ahead.js";
import { clocks } from "./clock.js";
import { composer } from "./composer.js";
import { focus } from "./focus.js";
import { frames } from "./frames.js";
import { keys } from "./keys.js";
import { lists } from "./lists.js";
import { live } from "./live.js";
import { more } from "./more.js";
import { notices } from "./notices.js";
import { panes } from "./panes.js";
import { presence } from "./presence.js";
import { stream } from "./stream.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`tz=${zone}`)) {
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
}

clocks();
panes();
composer();
frames();
keys();
lists();
live();
preload();
more();
presence();
notices();
focus();
stream();
