// dmfpipe as it was once started; dmfpipe.js starts quicker.
await import("./dmfpipe.js");
