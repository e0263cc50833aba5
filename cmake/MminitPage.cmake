# SPDX-License-Identifier: MIT
# The page of `mminit report`, in C: the object library mminit_page.
set(page_dir ${PROJECT_SOURCE_DIR}/src/report/page)
set(uplot_dir ${PROJECT_SOURCE_DIR}/third_party/uplot)

# In the order in which they need each other; page.js starts it all.
set(page_scripts ${uplot_dir}/uPlot.iife.min.js)
foreach(name units dom theme zoom curve timeline pfn_map binding parts run_result tune_result
             machine_results other_results page)
  list(APPEND page_scripts ${page_dir}/${name}.js)
endforeach()
set(page_styles ${uplot_dir}/uPlot.min.css ${page_dir}/page.css)

set(page_template ${CMAKE_CURRENT_BINARY_DIR}/page_template.c)
list(JOIN page_styles "," styles)
list(JOIN page_scripts "," scripts)
add_custom_command(
  OUTPUT ${page_template}
  COMMAND ${CMAKE_COMMAND} -DPAGE=${page_dir}/page.html -DSTYLES=${styles} -DSCRIPTS=${scripts}
          -DOUTPUT=${page_template} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake
  DEPENDS ${page_dir}/page.html ${page_styles} ${page_scripts}
          ${PROJECT_SOURCE_DIR}/cmake/EmbedPage.cmake
  COMMENT "Putting the report's page together")
add_library(mminit_page OBJECT ${page_template})
target_include_directories(mminit_page PRIVATE ${PROJECT_SOURCE_DIR}/src)
