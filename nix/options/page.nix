# SPDX-License-Identifier: MIT
# The options in wrapix-nix(7), between "list: options" and "end": mdoc(7), of what
# nixosOptionsDoc makes of them.
{ lib, pkgs }:
let
  inherit
    (lib.evalModules {
      modules = [
        {
          options.programs.wrapix = import ../modules/options.nix {
            inherit lib;
            # They are shown by their defaultText.
            package = null;
            system = null;
          };
        }
      ];
    })
    options
    ;

  quoted = text: "\"${lib.replaceStrings [ "\\" "\"" ] [ "\\e" "\\(dq" ] text}\"";
  # An argument of a macro; a value is on one line.
  word =
    text:
    if builtins.match "[A-Za-z0-9~/_@+-][A-Za-z0-9~/_.@:+-]*" text != null then text else quoted text;
  oneLine =
    text:
    lib.concatStringsSep " " (
      lib.filter (w: w != "") (lib.splitString " " (lib.replaceStrings [ "\n" ] [ " " ] text))
    );

  # `code`, {file}`path` and {manpage}`page(5)` in a text: the role is at the end of what is before.
  roles = {
    "{manpage}" = page: ".Xr ${lib.replaceStrings [ "(" ")" ] [ " " "" ] page}";
    "{file}" = path: ".Pa ${word path}";
  };
  role = text: lib.findFirst (r: lib.hasSuffix r text) "" (lib.attrNames roles);
  # Text as lines, a sentence on each; a point or comma right behind a macro is its argument.
  sentences = text: lib.replaceStrings [ ". " "; " ": " ] [ ".\n" ";\n" ":\n" ] text;
  described =
    text:
    let
      parts = lib.splitString "`" text;
      piece =
        i: part:
        let
          before = lib.elemAt parts (i - 1);
          r = role before;
          plain = lib.removeSuffix (role part) part;
          mark = if i == 0 then null else builtins.match "([.,;:]+)(.*)" plain;
        in
        if lib.mod i 2 == 1 then
          "\n" + (if r == "" then ".Ql ${word part}" else roles.${r} part)
        else if mark != null then
          " ${lib.head mark}\n${sentences (lib.last mark)}"
        else
          "\n${sentences plain}";
    in
    lib.concatStrings (lib.imap0 piece parts);

  entry =
    o:
    ".It Li ${word (lib.concatStringsSep "." (lib.drop 2 o.loc))}${
      lib.optionalString (o ? default) " Li ${word (oneLine o.default.text)}"
    }\n${described o.description}\n.Em ${quoted (o.type)}${
      if o ? example then " ,\nsuch as\n.Li ${word (oneLine o.example.text)} ." else " ."
    }\n";

  lines =
    text:
    lib.concatMapStrings (l: lib.optionalString (l != "") "${l}\n") (
      map (l: lib.removeSuffix " " (lib.removePrefix " " l)) (lib.splitString "\n" text)
    );
in
lines (
  lib.concatMapStrings entry (
    lib.attrValues (pkgs.nixosOptionsDoc { options = { inherit (options) programs; }; }).optionsNix
  )
)
