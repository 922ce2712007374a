/* Asks libical whether iCalendar files keep the restrictions of RFC 5545 and 5546; exits 1 if one does not.
 *
 *     cc -o restrict restrict.c -lical && ./restrict FILE…
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *content(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = size < 0 ? NULL : calloc((size_t)size + 1, 1);
    if (text && fread(text, 1, (size_t)size, file) != (size_t)size) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

/* libical leaves what it found wrong as properties in the component, some of it once for each property there. */
static int complaints(const char *path, icalcomponent *in)
{
    int count = 0;
    const char *last = "";
    icalproperty *p = icalcomponent_get_first_property(in, ICAL_XLICERROR_PROPERTY);
    for (; p; p = icalcomponent_get_next_property(in, ICAL_XLICERROR_PROPERTY)) {
        const char *wrong = icalproperty_get_xlicerror(p);
        if (strcmp(wrong, last) != 0) {
            fprintf(stderr, "%s: %s\n", path, wrong);
        }
        last = wrong;
        count++;
    }
    icalcomponent *c = icalcomponent_get_first_component(in, ICAL_ANY_COMPONENT);
    for (; c; c = icalcomponent_get_next_component(in, ICAL_ANY_COMPONENT)) {
        count += complaints(path, c);
    }
    return count;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) {
        char *text = content(argv[i]);
        icalcomponent *calendar = text ? icalparser_parse_string(text) : NULL;
        if (!calendar || icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT) {
            fprintf(stderr, "%s: no calendar\n", argv[i]);
            failed = 1;
        } else {
            int keeps = icalrestriction_check(calendar);
            int wrong = complaints(argv[i], calendar);
            printf("%s: %d events, %s\n", argv[i], icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT),
                   keeps && !wrong ? "as libical wants them" : "against libical's restrictions");
            failed |= !keeps || wrong;
        }
        if (calendar) {
            icalcomponent_free(calendar);
        }
        free(text);
    }
    return failed;
}
