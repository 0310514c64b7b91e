package io.polydubbo.peer.api;

/** An enum; BLUE has a body of its own, so its run-time class is not Color itself. */
public enum Color {
    RED,
    GREEN,
    BLUE {
        @Override
        public boolean cold() {
            return true;
        }
    };

    public boolean cold() {
        return false;
    }
}
