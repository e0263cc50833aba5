# SPDX-License-Identifier: MIT
# Puts the report's page together and writes it as C: two arrays of bytes, what is before the
# results and what is behind them.
#
#   cmake -DPAGE=page.html -DSTYLES=a.css,b.css -DSCRIPTS=a.js,b.js -DOUTPUT=page_template.c -P EmbedPage.cmake
#
# Lists are parted by commas, because a semicolon does not survive the way here.
function(read_all files out)
  set(text "")
  string(REPLACE "," ";" files "${files}")
  foreach(file IN LISTS files)
    file(READ ${file} part)
    string(APPEND text "${part}\n")
  endforeach()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

# @text as the bytes of array @name; by way of a file, which is how CMake makes hexadecimal bytes.
function(append_array name text)
  file(WRITE ${OUTPUT}.part "${text}")
  file(READ ${OUTPUT}.part hex HEX)
  file(REMOVE ${OUTPUT}.part)
  string(LENGTH "${hex}" nr_digits)
  math(EXPR nr_bytes "${nr_digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  file(APPEND ${OUTPUT} "\nconst unsigned char ${name}[] = {\n${bytes}\n};\n"
       "const size_t ${name}_bytes = ${nr_bytes};\n")
endfunction()

file(READ ${PAGE} page)
read_all("${STYLES}" styles)
read_all("${SCRIPTS}" scripts)
string(REPLACE "@MMINIT_STYLE@" "${styles}" page "${page}")
string(REPLACE "@MMINIT_SCRIPT@" "${scripts}" page "${page}")
string(FIND "${page}" "@MMINIT_RESULTS@" place)
if(place LESS 0)
  message(FATAL_ERROR "${PAGE}: expected a place for the results, @MMINIT_RESULTS@")
endif()
string(SUBSTRING "${page}" 0 ${place} head)
string(LENGTH "@MMINIT_RESULTS@" length)
math(EXPR behind "${place} + ${length}")
string(SUBSTRING "${page}" ${behind} -1 tail)

file(WRITE ${OUTPUT} "/* Made by EmbedPage.cmake from src/report/page and third_party/uplot. */\n"
     "#include \"report/page_template.h\"\n")
append_array(mmi_page_head "${head}")
append_array(mmi_page_tail "${tail}")
